"""Await a query of a SQLite database through `twisted.enterprise.adbapi`."""

from kit.scenario import Scenario
from twisted.enterprise import adbapi


class LibraryAdbapi(Scenario):
    core = False
    loop_matters = True
    expected = [("value",)]

    async def parse(self, response):
        # A connection of its own for each thread is adbapi's business: SQLite need not look at that.
        pool = adbapi.ConnectionPool("sqlite3", ":memory:", check_same_thread=False, cp_min=1, cp_max=1)
        try:
            rows = await self.helper(pool.runQuery("SELECT lower(?)", ("VALUE",)))
        finally:
            pool.close()
        return self.arrived(rows)
