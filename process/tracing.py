"""Traces of journeys and activities by OpenTelemetry, where the environment names a collector.

Needs the extra `tracing`. Spans carry workflow ids, which are pseudonyms, and message keys; no
argument is recorded.
"""

from collections.abc import Mapping

from temporalio.client import Interceptor

from process.settings import MissingSetting

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def tracing(environment: Mapping[str, str]) -> list[Interceptor]:
    """What a client is given to trace; nothing where no collector is named.

    Raises MissingSetting where one is named and the extra is not installed. Everything else about
    the exporter stands in OpenTelemetry's own variables (`OTEL_SERVICE_NAME`,
    `OTEL_EXPORTER_OTLP_HEADERS`, …).
    """
    if not environment.get(ENDPOINT, "").strip():
        return []
    try:
        from opentelemetry import trace  # noqa: PLC0415  # an extra
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  # as above
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415  # as above
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415  # as above
        from temporalio.contrib.opentelemetry import TracingInterceptor  # noqa: PLC0415  # as above
    except ImportError:
        raise MissingSetting(f"{ENDPOINT} asks for traces: install purna[tracing].") from None
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return [TracingInterceptor()]
