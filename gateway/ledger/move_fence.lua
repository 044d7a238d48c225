#!lua flags=allow-oom
-- ARGV: the fence as it must be, the fence as it shall be
if not is_current(ARGV[1]) then return 0 end
redis.call('HSET', ledger, 'fence', ARGV[2] .. ' ' .. replication_id())
return 1
