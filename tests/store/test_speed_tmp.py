import asyncio, time
from tests.store.shop import *
from tests.store.test_postgres import asked, told
async def test_speed(store):
    n=3000
    t=time.perf_counter()
    sem=asyncio.Semaphore(8)
    async def one(i):
        async with sem:
            await store.ingest([placed(f"S{i}", f"K{i%800}")], NOON)
            await store.ingest([an_event("shipment.shipped", f"s{i}", order=f"S{i}", things={"shipment":f"P{i}"})], NOON)
    await asyncio.gather(*(one(i) for i in range(n)))
    d=time.perf_counter()-t; print("ingest/s", 2*n/d)
    t=time.perf_counter(); keys=[]
    async def dec(i):
        async with sem:
            todo=await store.decide(f"order:a shop%2F1/S{i}", NOON, deciding(NOON)); keys.extend(k for _,k in todo.open)
    await asyncio.gather(*(dec(i) for i in range(n)))
    d=time.perf_counter()-t; print("decide/s", n/d, len(keys))
    t=time.perf_counter()
    async def att(k):
        async with sem:
            a=await store.attempt(k,"me",NOON); assert await store.begin_data(k,"me",NOON); await store.sent(k,"me",NOON)
    await asyncio.gather(*(att(k) for k in keys))
    d=time.perf_counter()-t; print("attempt+begin+sent/s", len(keys)/d)
    await told(store,"analyze")
    from store import situations as S, questions as Q
    async with store.pool.connection() as c:
        j="order:a shop%2F1/S5"
        for q,p in ((S._LOAD,{"journey":j,"watched":["order.cancelled"]}),(Q._LOAD,{"key":keys[5],"watched":["order.cancelled"],"capped":["delivery"]}),(Q._LOCK_ALL,{"key":keys[5]})):
            rows=await (await c.execute(("explain (analyze, costs off, timing off) "+q),p)).fetchall()
            for r in rows:
                if "Seq Scan" in r[0] or "Execution" in r[0]: print(r[0])
