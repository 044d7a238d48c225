"""The tables, the same in SQLite and PostgreSQL. Instants are integers: microseconds since 1970, UTC."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Counter = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up by itself only in a column that is called INTEGER."""

fence = Table(
    "fence",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("epoch", BigInteger, nullable=False),
    Column("policies", BigInteger, nullable=False),
    Column("layout", BigInteger, nullable=False),
    Column("rebuilder", Text),
    Column("rebuilding_until", BigInteger, nullable=False, server_default="0"),
)
"""One row. Who rebuilds the ledger, and until when by the store's clock unless it says that it goes on."""

policies = Table(
    "policies",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("body", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

teams = Table(
    "teams",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("archived_at", BigInteger),
)

keys = Table(
    "keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("team", Text, ForeignKey("teams.id"), nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("secret_hash", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
)

generations = Table(
    "generations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("project", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("reservation", Text, nullable=False),
    Column("slot", Text),
    Column("reserved", BigInteger, nullable=False),
    Column("priced_as", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("fingerprint", Text),
    Column("priority", Text, nullable=False),
    Column("turn", Float(53), nullable=False),
    Column("upstream_id", Text),
    Column("upstream_status", Text, nullable=False),
    Column("progress", Float(53)),
    Column("progress_at", BigInteger),
    Column("forwarded_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("unclear_at", BigInteger),
    Column("answer", LargeBinary),
    Column("outcome", Text),
    Column("charged", BigInteger),
    Column("basis", Text),
    Column("lease_owner", Text),
    Column("lease_until", BigInteger, nullable=False, server_default="0"),
    Column("changed_at", BigInteger, nullable=False),
)
"""`lease_until` and `changed_at` are by the store's clock, everything else by the caller's."""

Index("ix_generations_due", generations.c.stage, generations.c.due_at)
Index("ix_generations_changed", generations.c.changed_at, generations.c.id)
Index("ix_generations_created", generations.c.created_at)
FINGERPRINTED = text("fingerprint IS NOT NULL")
Index(
    "ix_generations_fingerprint",
    generations.c.fingerprint,
    unique=True,
    sqlite_where=FINGERPRINTED,
    postgresql_where=FINGERPRINTED,
)
WAITING = text("stage = 'queued'")
Index(
    "ix_generations_waiting",
    generations.c.lane,
    generations.c.turn,
    sqlite_where=WAITING,
    postgresql_where=WAITING,
)

requests = Table(
    "requests",
    metadata,
    Column("generation", Text, ForeignKey("generations.id"), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("headers", Text, nullable=False),
)
"""What is forwarded; apart, because bodies are large and their generations change often."""

tasks = Table(
    "tasks",
    metadata,
    Column("id", Text, primary_key=True),
    Column("generation", Text, ForeignKey("generations.id"), nullable=False, index=True),
    Column("team", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("pays", Boolean, nullable=False),
    Column("digest", Text, nullable=False),
    Column("saved", BigInteger, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("idempotency_key", Text),
    Column("labels", Text, nullable=False),
    Column("delivered", Boolean, nullable=False),
    Column("detached_at", BigInteger),
)

Index("ix_tasks_team", tasks.c.team, tasks.c.created_at, tasks.c.id)
Index("ix_tasks_retry", tasks.c.key, tasks.c.digest, tasks.c.created_at)
ATTACHED_WITH_KEY = text("idempotency_key IS NOT NULL AND detached_at IS NULL")
Index(
    "ix_tasks_idempotency_key",
    tasks.c.team,
    tasks.c.idempotency_key,
    unique=True,
    sqlite_where=ATTACHED_WITH_KEY,
    postgresql_where=ATTACHED_WITH_KEY,
)

entries = Table(
    "entries",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("generation", Text, ForeignKey("generations.id"), nullable=False, index=True),
    Column("task", Text),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("basis", Text),
    Column("team", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("at", BigInteger, nullable=False, index=True),
)
"""The ledger's book, only ever added to."""

Index("ix_entries_team", entries.c.team, entries.c.id)
CLOSING_KIND = text("kind IN ('closed', 'resolved')")
Index(
    "ix_entries_closing",
    entries.c.generation,
    entries.c.kind,
    unique=True,
    sqlite_where=CLOSING_KIND,
    postgresql_where=CLOSING_KIND,
)

raised_prices = Table(
    "raised_prices",
    metadata,
    Column("priced_as", Text, primary_key=True),
    Column("operation", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("credits", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("uri", Text, primary_key=True),
    Column("team", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Counter, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
