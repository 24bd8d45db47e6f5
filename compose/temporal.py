"""A client of the Temporal that `temporalio.envconfig` finds: TEMPORAL_ADDRESS and the like, or a
profile.
"""

import logging
from collections.abc import Mapping, Sequence
from functools import cache

from temporalio.client import Client, Interceptor
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from process.setting_table import BY_NAME
from process.settings import MissingSetting, Watching


async def connect(watching: Watching, traced: Sequence[Interceptor] = ()) -> Client:
    """A client that is connected."""
    return await Client.connect(**_address(), runtime=runtime(watching), interceptors=traced)


async def lazy_client() -> Client:
    """A client that connects when it is first used."""
    return await Client.connect(**_address(), lazy=True)


async def client_by(environment: Mapping[str, str]) -> Client:
    """A client of the Temporal that these variables name, or a profile; it is connected."""
    return await Client.connect(**_address(environment))


def _address(environment: Mapping[str, str] | None = None) -> ClientConnectConfig:
    """Where Temporal is and how it is entered; of our own environment unless another is given."""
    config = ClientConfig.load_client_connect_config(
        override_env_vars=None if environment is None else dict(environment)
    )
    if "target_host" not in config:
        raise MissingSetting(
            f"TEMPORAL_ADDRESS is not set: it says {BY_NAME['TEMPORAL_ADDRESS'].says}."
        )
    return config


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
