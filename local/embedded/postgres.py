"""The embedded PostgreSQL as a part to keep running."""

import signal
from pathlib import Path

import psycopg

from local.embedded.cluster import ENV, NAME, open_cluster
from local.embedded.process import Part

# For a small machine. Parallel queries and JIT help none of our short statements and need room in
# /dev/shm.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "synchronous_commit": "on",
    "commit_delay": "0",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
DURABLE = {"fsync": "on", "full_page_writes": "on"}
FORGETFUL = {"fsync": "off", "full_page_writes": "off"}  # survives a killed server, not a power cut


async def postgres(folder: Path, port: int, log: Path, *, durable: bool = True) -> Part:
    """PostgreSQL on the files in `folder`, which are made when there are none; its address is the
    URL of the database.

    Raises CannotStart.
    """
    cluster = await open_cluster(folder, log)
    url = f"postgresql://{NAME}:{cluster.password}@127.0.0.1:{port}/{NAME}"
    settings = {**SETTINGS, "port": str(port), **(DURABLE if durable else FORGETFUL)}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    async def ready() -> bool:
        return await answers(url)

    async def before() -> None:
        from local.embedded.predecessor import end_predecessor  # noqa: PLC0415  # psutil comes with the extra

        await end_predecessor(cluster.data)

    return Part(
        name="PostgreSQL",
        command=(str(cluster.programs / "postgres"), "-D", str(cluster.data), *options),
        log=log,
        env=ENV,
        address=url,
        ready=ready,
        before=before,
        stop_signal=signal.SIGINT,  # fast: sessions are ended, not waited for
        # at once, with all its sessions; the log is replayed at the next start
        orphan_signal=signal.SIGQUIT,
        account=cluster.account,
    )


async def answers(url: str) -> bool:
    """Whether a statement gets through."""
    try:
        # Given up while it ends a transaction, a session would stay open: there is none to end.
        session = await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=2)
        try:
            await session.execute("select 1")
        finally:
            await session.close()
    except psycopg.OperationalError:
        return False
    return True
