"""Await in a handler of `response_received`, which is not said to be waited for: it must end before the callback."""

from kit.deferreds import later
from kit.place import Place, cell_of
from kit.signals import Listening


class SignalResponseReceived(Listening, Place):
    core = False
    expected = ["value", "callback"]

    async def on_response_received(self, response, request):
        cell = cell_of(request)
        cell.note(await cell.helper(later("value")))

    def parse(self, response):
        cell_of(response).note("callback")
