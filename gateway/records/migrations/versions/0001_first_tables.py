"""The first tables."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)

from gateway.rules.fence import LAYOUT

revision = "0001"
down_revision = None

COUNTER = BigInteger().with_variant(Integer, "sqlite")
STORE_TIME = """
CREATE FUNCTION store_time() RETURNS bigint LANGUAGE sql VOLATILE
RETURN CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)
"""
"""The clock of all processes; SQLite's connections bring their own."""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(STORE_TIME)
    _fence()
    _policies()
    _teams()
    _keys()
    _generations()
    _requests()
    _tasks()
    _entries()
    _raised_prices()
    _uploads()
    _audit()
    op.execute(
        text("INSERT INTO fence (id, epoch, policies, layout) VALUES (1, 1, 1, :layout)").bindparams(
            layout=LAYOUT
        )
    )
    op.execute("INSERT INTO policies (owner, body, version) VALUES ('organization', '{}', 1)")


def _fence() -> None:
    op.create_table(
        "fence",
        Column("id", Integer(), autoincrement=False, nullable=False),
        Column("epoch", BigInteger(), nullable=False),
        Column("policies", BigInteger(), nullable=False),
        Column("layout", BigInteger(), nullable=False),
        Column("rebuilder", Text()),
        Column("rebuilding_until", BigInteger(), server_default="0", nullable=False),
        PrimaryKeyConstraint("id", name="pk_fence"),
    )


def _policies() -> None:
    op.create_table(
        "policies",
        Column("owner", Text(), nullable=False),
        Column("body", Text(), nullable=False),
        Column("version", BigInteger(), nullable=False),
        PrimaryKeyConstraint("owner", name="pk_policies"),
    )


def _teams() -> None:
    op.create_table(
        "teams",
        Column("id", Text(), nullable=False),
        Column("name", Text(), nullable=False),
        Column("created_at", BigInteger(), nullable=False),
        Column("archived_at", BigInteger()),
        PrimaryKeyConstraint("id", name="pk_teams"),
    )


def _keys() -> None:
    op.create_table(
        "keys",
        Column("id", Text(), nullable=False),
        Column("team", Text(), nullable=False),
        Column("label", Text(), nullable=False),
        Column("secret_hash", Text(), nullable=False),
        Column("created_at", BigInteger(), nullable=False),
        Column("expires_at", BigInteger()),
        Column("revoked_at", BigInteger()),
        ForeignKeyConstraint(["team"], ["teams.id"], name="fk_keys_team"),
        PrimaryKeyConstraint("id", name="pk_keys"),
        UniqueConstraint("secret_hash", name="uq_keys_secret_hash"),
    )
    op.create_index("ix_keys_team", "keys", ["team"])


def _generations() -> None:
    op.create_table(
        "generations",
        Column("id", Text(), nullable=False),
        Column("stage", Text(), nullable=False),
        Column("operation", Text(), nullable=False),
        Column("model", Text(), nullable=False),
        Column("project", Text(), nullable=False),
        Column("lane", Text(), nullable=False),
        Column("team", Text(), nullable=False),
        Column("key", Text(), nullable=False),
        Column("reservation", Text(), nullable=False),
        Column("slot", Text()),
        Column("reserved", BigInteger(), nullable=False),
        Column("priced_as", Text(), nullable=False),
        Column("created_at", BigInteger(), nullable=False),
        Column("due_at", BigInteger(), nullable=False),
        Column("fingerprint", Text()),
        Column("priority", Text(), nullable=False),
        Column("turn", Float(53), nullable=False),
        Column("upstream_id", Text()),
        Column("upstream_status", Text(), nullable=False),
        Column("progress", Float(53)),
        Column("progress_at", BigInteger()),
        Column("forwarded_at", BigInteger()),
        Column("finished_at", BigInteger()),
        Column("unclear_at", BigInteger()),
        Column("answer", LargeBinary()),
        Column("outcome", Text()),
        Column("charged", BigInteger()),
        Column("basis", Text()),
        Column("lease_owner", Text()),
        Column("lease_until", BigInteger(), server_default="0", nullable=False),
        Column("changed_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("id", name="pk_generations"),
    )
    op.create_index("ix_generations_changed", "generations", ["changed_at", "id"])
    op.create_index("ix_generations_created", "generations", ["created_at"])
    op.create_index("ix_generations_due", "generations", ["stage", "due_at"])
    op.create_index(
        "ix_generations_fingerprint",
        "generations",
        ["fingerprint"],
        unique=True,
        sqlite_where=text("fingerprint IS NOT NULL"),
        postgresql_where=text("fingerprint IS NOT NULL"),
    )
    op.create_index(
        "ix_generations_waiting",
        "generations",
        ["lane", "turn"],
        sqlite_where=text("stage = 'queued'"),
        postgresql_where=text("stage = 'queued'"),
    )


def _requests() -> None:
    op.create_table(
        "requests",
        Column("generation", Text(), nullable=False),
        Column("body", LargeBinary(), nullable=False),
        Column("headers", Text(), nullable=False),
        ForeignKeyConstraint(["generation"], ["generations.id"], name="fk_requests_generation"),
        PrimaryKeyConstraint("generation", name="pk_requests"),
    )


def _tasks() -> None:
    op.create_table(
        "tasks",
        Column("id", Text(), nullable=False),
        Column("generation", Text(), nullable=False),
        Column("team", Text(), nullable=False),
        Column("key", Text(), nullable=False),
        Column("created_at", BigInteger(), nullable=False),
        Column("pays", Boolean(), nullable=False),
        Column("digest", Text(), nullable=False),
        Column("saved", BigInteger(), nullable=False),
        Column("attempt", Integer(), nullable=False),
        Column("idempotency_key", Text()),
        Column("labels", Text(), nullable=False),
        Column("delivered", Boolean(), nullable=False),
        Column("detached_at", BigInteger()),
        ForeignKeyConstraint(["generation"], ["generations.id"], name="fk_tasks_generation"),
        PrimaryKeyConstraint("id", name="pk_tasks"),
    )
    op.create_index("ix_tasks_created_at", "tasks", ["created_at"])
    op.create_index("ix_tasks_generation", "tasks", ["generation"])
    op.create_index(
        "ix_tasks_idempotency_key",
        "tasks",
        ["team", "idempotency_key"],
        unique=True,
        sqlite_where=text("idempotency_key IS NOT NULL AND detached_at IS NULL"),
        postgresql_where=text("idempotency_key IS NOT NULL AND detached_at IS NULL"),
    )
    op.create_index("ix_tasks_retry", "tasks", ["key", "digest", "created_at"])
    op.create_index("ix_tasks_team", "tasks", ["team", "created_at", "id"])


def _entries() -> None:
    op.create_table(
        "entries",
        Column("id", COUNTER, autoincrement=True, nullable=False),
        Column("generation", Text(), nullable=False),
        Column("task", Text()),
        Column("kind", Text(), nullable=False),
        Column("amount", BigInteger(), nullable=False),
        Column("basis", Text()),
        Column("team", Text(), nullable=False),
        Column("key", Text(), nullable=False),
        Column("at", BigInteger(), nullable=False),
        ForeignKeyConstraint(["generation"], ["generations.id"], name="fk_entries_generation"),
        PrimaryKeyConstraint("id", name="pk_entries"),
    )
    op.create_index("ix_entries_at", "entries", ["at"])
    op.create_index(
        "ix_entries_closing",
        "entries",
        ["generation", "kind"],
        unique=True,
        sqlite_where=text("kind IN ('closed', 'resolved')"),
        postgresql_where=text("kind IN ('closed', 'resolved')"),
    )
    op.create_index("ix_entries_generation", "entries", ["generation"])
    op.create_index("ix_entries_team", "entries", ["team", "id"])


def _raised_prices() -> None:
    op.create_table(
        "raised_prices",
        Column("priced_as", Text(), nullable=False),
        Column("operation", Text(), nullable=False),
        Column("model", Text(), nullable=False),
        Column("credits", BigInteger(), nullable=False),
        Column("at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("priced_as", name="pk_raised_prices"),
    )


def _uploads() -> None:
    op.create_table(
        "uploads",
        Column("uri", Text(), nullable=False),
        Column("team", Text(), nullable=False),
        Column("at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("uri", name="pk_uploads"),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        Column("id", COUNTER, autoincrement=True, nullable=False),
        Column("at", BigInteger(), nullable=False),
        Column("actor", Text(), nullable=False),
        Column("action", Text(), nullable=False),
        Column("subject", Text(), nullable=False),
        Column("detail", Text(), nullable=False),
        PrimaryKeyConstraint("id", name="pk_audit"),
    )
