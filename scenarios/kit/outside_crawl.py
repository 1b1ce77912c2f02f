"""Asks a function of Scrapy's where no crawl runs: what it answers or raises, and whether asking installs a reactor."""

import asyncio

from kit.facts import installed_reactor, name_of

SELECT = "twisted.internet.selectreactor.SelectReactor"


class AskedEarly:
    """Beside `Program`: `question` is asked before a reactor exists."""

    expected = ["answered"]

    def question(self):
        """Import the function and call it; what it gives is the answer. To be overridden."""
        raise NotImplementedError

    def main(self):
        """The program."""
        self.ask()

    def ask(self):
        """Ask, and tell what came of it."""
        before = installed_reactor()
        error = answer = None
        try:
            answer = self.question()
        except Exception as raised:
            error = raised
        installed = installed_reactor()
        if installed is not before:
            told = "raised %r" % (error,) if error is not None else "answered " + _shown(answer)
            self.fail("installed-a-reactor", "it %s, and %s was installed" % (told, name_of(installed)))
        elif error is not None:
            for cell in self.cells:
                cell.failed(error)
        else:
            self.answer(_shown(answer))
            self.note("answered")


class AskedInLoop(AskedEarly):
    """Beside `Program`: `question` is asked in a running event loop, with a reactor installed that is not asyncio's."""

    def main(self):
        """The program."""
        from scrapy.utils.reactor import install_reactor

        install_reactor(SELECT)
        # `asyncio.run` is new in Python 3.7.
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.run_until_complete(self.ask_in_loop())
        loop.close()

    async def ask_in_loop(self):
        """Ask while the loop runs."""
        self.ask()


def _shown(answer):
    if asyncio.isfuture(answer):
        return "an asyncio Future"
    if asyncio.iscoroutine(answer):
        answer.close()
        return "a coroutine"
    return repr(answer) if isinstance(answer, bool) else "a " + type(answer).__name__
