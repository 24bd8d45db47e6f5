"""How journeys run and replay: without Temporal's sandbox, see docs/decisions/0015.

That they and all they import are deterministic is watched by the linter's ban on clocks, chance and
the environment.
"""

from temporalio.worker import UnsandboxedWorkflowRunner

from workflows.customer import CustomerJourney, PinnedCustomerJourney
from workflows.order import OrderJourney

WORKFLOWS = (OrderJourney, CustomerJourney)
VERSIONED = (OrderJourney, PinnedCustomerJourney)  # of a worker that names its build


def runner() -> UnsandboxedWorkflowRunner:
    """The runner for a worker or a replayer."""
    return UnsandboxedWorkflowRunner()
