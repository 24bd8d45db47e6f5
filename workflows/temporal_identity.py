"""Which Temporal answers: its cluster and our namespace there, as far as it tells us."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, GetClusterInfoRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

# Some let us start workflows and ask nothing else: that is no refusal of what we came for.
_NOT_TOLD = frozenset({RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED})


@dataclass(frozen=True, slots=True)
class TemporalIdentity:
    """The ids of a cluster and of our namespace there; empty where they are not told."""

    cluster: str = ""
    namespace: str = ""

    def is_another(self, before: "TemporalIdentity") -> bool:
        """Whether an id that was told both times differs."""
        pairs = ((self.cluster, before.cluster), (self.namespace, before.namespace))
        return any(now and then and now != then for now, then in pairs)

    def after(self, before: "TemporalIdentity") -> "TemporalIdentity":
        """What is known by now of the same Temporal: what is not told any more is as it was."""
        return TemporalIdentity(self.cluster or before.cluster, self.namespace or before.namespace)

    def __str__(self) -> str:
        """Both ids, for whoever keeps them."""
        return f"{self.cluster} {self.namespace}".strip()


async def identity_of(client: Client, patience: timedelta) -> TemporalIdentity:
    """Whom we ask; raises `RPCError` where the namespace is missing or Temporal is away."""
    service, cluster, namespace = client.workflow_service, "", ""
    with _unless_forbidden():
        info = await service.get_cluster_info(GetClusterInfoRequest(), timeout=patience)
        cluster = info.cluster_id
    with _unless_forbidden():
        ours = DescribeNamespaceRequest(namespace=client.namespace)
        described = await service.describe_namespace(ours, timeout=patience)
        namespace = described.namespace_info.id
    return TemporalIdentity(cluster, namespace)


@contextmanager
def _unless_forbidden() -> Iterator[None]:
    try:
        yield
    except RPCError as failure:
        if failure.status not in _NOT_TOLD:
            raise
