"""A client of the Temporal that `temporalio.envconfig` finds: TEMPORAL_ADDRESS and the like, or a
profile.
"""

import logging
from collections.abc import Mapping, Sequence
from functools import cache

from temporalio.client import Client, Interceptor
from temporalio.envconfig import ClientConfig
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from process.settings import Watching


async def connect(watching: Watching, traced: Sequence[Interceptor] = ()) -> Client:
    """A client that is connected."""
    config = ClientConfig.load_client_connect_config()
    return await Client.connect(**config, runtime=runtime(watching), interceptors=traced)


async def lazy_client() -> Client:
    """A client that connects when it is first used."""
    return await Client.connect(**ClientConfig.load_client_connect_config(), lazy=True)


async def client_by(environment: Mapping[str, str]) -> Client:
    """A client of the Temporal that these variables name, or a profile; it is connected."""
    return await Client.connect(
        **ClientConfig.load_client_connect_config(override_env_vars=dict(environment))
    )


@cache
def runtime(watching: Watching) -> Runtime:
    """The SDK's engine: it hands its log lines to ours, and serves its own counts where the
    settings ask for it.
    """
    forwarding = LogForwardingConfig(logger=logging.getLogger("temporalio.core"))
    levels = TelemetryFilter(core_level="WARN", other_level="ERROR")
    counts = PrometheusConfig(bind_address="{}:{}".format(*watching.sdk)) if watching.sdk else None
    logs = LoggingConfig(filter=levels, forwarding=forwarding)
    return Runtime(telemetry=TelemetryConfig(logging=logs, metrics=counts))
