"""How journeys run and replay: in Temporal's sandbox, with our own packages passed through it (a fourth of the cost).

That the passed ones are deterministic is watched by the linter's ban on clocks, chance and the environment.
"""

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from workflows.customer import CustomerJourney, PinnedCustomerJourney
from workflows.order import OrderJourney

WORKFLOWS = (OrderJourney, CustomerJourney)
VERSIONED = (OrderJourney, PinnedCustomerJourney)  # of a worker that names its build
_OURS = ("activities", "engine", "workflows")


def sandbox() -> SandboxedWorkflowRunner:
    """The runner for a worker or a replayer."""
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*_OURS))
