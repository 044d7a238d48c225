import asyncio

from sqlalchemy import Connection

from gateway.records.fencing import holds, raise_epoch, raise_policies, read_fence
from tests.gateway.records.support import Records


async def test_the_fence_is_held_by_whoever_knows_it(records: Records) -> None:
    fence = await records.fence()

    assert await records.database.write(lambda connection: holds(connection, fence))


async def test_nobody_holds_a_fence_that_moved_in_the_same_transaction(records: Records) -> None:
    fence = await records.fence()

    def hold_around_a_move(connection: Connection) -> list[bool]:
        before = holds(connection, fence)
        moved = raise_policies(connection)
        return [before, holds(connection, fence), holds(connection, moved)]

    assert await records.database.write(hold_around_a_move) == [True, False, True]


async def test_what_one_transaction_found_is_not_used_in_the_next(
    records: Records, elsewhere: Records
) -> None:
    fence = await records.fence()
    await records.database.write(lambda connection: holds(connection, fence))
    await elsewhere.database.write(raise_epoch)

    assert not await records.database.write(lambda connection: holds(connection, fence))


async def test_a_fence_on_the_move_is_not_waited_for(on_postgres: Records) -> None:
    fence = await on_postgres.fence()
    rival = on_postgres.elsewhere()

    async def held() -> bool:
        return await rival.database.write(lambda connection: holds(connection, fence))

    def move_while_another_tries(connection: Connection) -> bool:
        raise_epoch(connection)
        return asyncio.run_coroutine_threadsafe(held(), loop).result()

    loop = asyncio.get_running_loop()

    assert not await on_postgres.database.write(move_while_another_tries)
    assert await on_postgres.database.read(read_fence) != fence
    rival.close()
