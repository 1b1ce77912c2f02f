"""Await in a handler of `response_received`, which is not said to be waited for: it must end before the callback."""

from kit.attribution import cell_of
from kit.deferreds import slowly
from kit.place import Place
from kit.signals import Listening


class SignalResponseReceived(Listening, Place):
    core = False
    expected = ["value", "callback"]

    async def on_response_received(self, response, request):
        cell = cell_of(request)
        # Up to 2.17 a tenth of a second lies between the two in any case.
        cell.note(await cell.helper(slowly("value", turns=75)))

    def parse(self, response):
        cell_of(response).note("callback")
