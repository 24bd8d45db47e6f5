"""How journeys run and replay: without Temporal's sandbox, see docs/decisions/0014.

That they and all they import are deterministic is watched by the linter's ban on clocks, chance and the environment.
"""

from temporalio.worker import UnsandboxedWorkflowRunner

from workflows.customer import CustomerJourney
from workflows.order import OrderJourney

WORKFLOWS = (OrderJourney, CustomerJourney)


def runner() -> UnsandboxedWorkflowRunner:
    """The runner for a worker or a replayer."""
    return UnsandboxedWorkflowRunner()
