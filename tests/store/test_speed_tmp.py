import cProfile
import pstats
import time

from tests.store.shop import *


async def test_speed(store):
    n = 1200

    async def one(i):
        await store.ingest([placed(f"S{i}", f"K{i % 800}")], NOON)
        await store.ingest([an_event("shipment.shipped", f"s{i}", order=f"S{i}", things={"shipment": f"P{i}"})], NOON)

    for i in range(100):
        await one(i)
    p = cProfile.Profile()
    t = time.perf_counter()
    c = time.process_time()
    for i in range(100, 500):
        await one(i)
    d = time.perf_counter() - t
    print("seq ingest/s", 800 / d, "cpu ms each", (time.process_time() - c) / 800 * 1e3)
    p.enable()
    for i in range(500, 900):
        await one(i)
    p.disable()
    pstats.Stats(p).sort_stats("tottime").print_stats(22)
    pstats.Stats(p).sort_stats("cumtime").print_stats(35)
