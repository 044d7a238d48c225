"""All that the mock remembers."""

import uuid
from hashlib import sha256
from random import Random

from mock_server import stock
from mock_server.billing import Entry, EntryKind
from mock_server.clock import Clock, Moment
from mock_server.credits import Credits, credits_of
from mock_server.exercised import Exercised
from mock_server.faults.armory import NEWCOMERS, Armory
from mock_server.inputs.places import Places
from mock_server.journal import Journal
from mock_server.keys import looks_real
from mock_server.lifecycle import Task
from mock_server.limits import Modality, modality_of
from mock_server.outputs import Outgoing, Renderer
from mock_server.presets import preset_of
from mock_server.prices import PriceTable
from mock_server.resources import Kind, Resource
from mock_server.settings import Settings, Surroundings
from mock_server.spec import Operation, Spec
from mock_server.tenant import Tenant
from mock_server.validation import Validation

SECRET_BYTES = 32
DIGEST_LENGTH = 16


class Rulebook:
    """What never changes: Runway's document, its validators, the prices."""

    def __init__(self, spec: Spec, prices: PriceTable) -> None:
        self.spec = spec
        self.validation = Validation(spec)
        self.places = Places(spec)
        self.prices = prices
        self._operations = {operation.id: operation for operation in spec.operations}

    def operation(self, operation_id: str) -> Operation:
        return self._operations[operation_id]

    def modality(self, model: str) -> Modality:
        """Recipes are models of their own in limits and usage."""
        return modality_of(self.spec.models.get(model, f"recipes_{model}"), model)


class World:
    """`reset` makes all new but rules, rendered files and the tally of the run: nothing there is anyone's."""

    def __init__(self, settings: Settings, surroundings: Surroundings, rulebook: Rulebook) -> None:
        self.settings = settings
        self.surroundings = surroundings
        self.rulebook = rulebook
        bounds = settings.bounds
        self.renderer = Renderer(
            cache_bytes_max=bounds.output_cache_bytes, waiting_max=bounds.outputs_waiting
        )
        self.outgoing = Outgoing(bounds.output_bytes_sending)
        self.exercised = Exercised()
        self.reset()

    def reset(self) -> None:
        settings, surroundings = self.settings, self.surroundings
        seed = surroundings.entropy() if settings.seed is None else settings.seed
        self.random = Random(seed)  # noqa: S311 (ids and chances of a mock)
        self.secret = self.random.randbytes(SECRET_BYTES)
        self.clock = Clock(settings.clock, speed=settings.speed, wall=surroundings.wall)
        self.journal = Journal(settings.bounds.journal_bytes)
        self.armory = Armory(self.random, faults_max=settings.bounds.faults)
        self.tenants: dict[str, Tenant] = {}

    def new_id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def tenant(self, key: str) -> Tenant | None:
        """The tenant of an API key, made on first use; None when there are too many."""
        name = tenant_name(key)
        if name not in self.tenants and len(self.tenants) < self.settings.bounds.tenants:
            self.tenants[name] = self._new_tenant(name)
        return self.tenants.get(name)

    def knows(self, tenant: Tenant) -> bool:
        """Not when a reset has come between."""
        return self.tenants.get(tenant.key) is tenant

    def clocks(self) -> list[Clock]:
        """Of every tenant, and of those to come."""
        return [self.clock, *(tenant.clock for tenant in self.tenants.values())]

    def owner_of(self, task_id: str) -> tuple[Tenant, Task] | None:
        """The task with its tenant, also when it was deleted."""
        for tenant in self.tenants.values():
            if task_id in tenant.tasks:
                return tenant, tenant.tasks[task_id]
        return None

    def moments(self) -> dict[str, Moment]:
        """What the clock of each tenant shows, and that of those to come."""
        shown = {tenant.key: tenant.clock.now() for tenant in self.tenants.values()}
        return {NEWCOMERS: self.clock.now(), **shown}

    def resource(self, kind: str, resource_id: str) -> tuple[Tenant, Resource] | None:
        """The resource with its tenant."""
        if kind in set(Kind):
            for tenant in self.tenants.values():
                if (found := tenant.resources.find(Kind(kind), resource_id)) is not None:
                    return tenant, found
        return None

    def forget(self, key: str) -> None:
        """One tenant: what it did, what it was asked, and the faults that were armed for it alone."""
        name = tenant_name(key)
        self.tenants.pop(name, None)
        self.journal.forget(name)
        for armed in self.armory.armed():
            if armed.fault.tenant == name:
                self.armory.disarm(armed.id)

    def _new_tenant(self, name: str) -> Tenant:
        preset, settings = preset_of(name), self.settings
        tenant = Tenant(
            name,
            self.clock.fork(),
            tier=settings.tier if preset.tier is None else preset.tier,
            modality=self.rulebook.modality,
            is_day_used_up=preset.is_day_used_up,
            pinned_id=settings.pinned_id,
        )
        grant = credits_of(settings.credits if preset.credits is None else preset.credits)
        tenant.ledger.post(Entry(kind=EntryKind.GRANT, amount=Credits(grant), moment=tenant.clock.now()))
        if settings.pinned_id is not None:
            stock.fill(tenant, settings.pinned_id, self.rulebook.prices)
        return tenant


def tenant_name(key: str) -> str:
    """The key itself, which is a fake; of one that looks real, a digest."""
    return f"key_real_{sha256(key.encode()).hexdigest()[:DIGEST_LENGTH]}" if looks_real(key) else key
