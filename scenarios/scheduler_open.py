"""Await in `open` of one's own scheduler: it must have ended before the first request is sent."""

from kit.attribution import cell_of
from kit.deferreds import slowly
from kit.place import Place


class Scheduler:
    def __init__(self):
        self.requests = []

    @classmethod
    def from_crawler(cls, crawler):
        return cls()

    async def open(self, spider):
        cell = cell_of(spider)
        # Longer than what follows takes where it does not wait: up to 2.17 that is a tenth of a second.
        cell.note(await cell.helper(slowly("value", turns=75)))

    def close(self, reason):
        pass

    def __len__(self):
        return len(self.requests)

    def has_pending_requests(self):
        return bool(self.requests)

    def enqueue_request(self, request):
        self.requests.append(request)
        return True

    def next_request(self):
        return self.requests.pop() if self.requests else None


class SchedulerOpen(Place):
    core = False
    each = True
    expected = ["value", "callback"]
    custom_settings = {"SCHEDULER": "scheduler_open.Scheduler"}

    def parse(self, response):
        cell_of(response).note("callback")
