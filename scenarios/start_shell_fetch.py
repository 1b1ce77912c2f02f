"""Run `scrapy shell -c` with `fetch()`, through a downloader middleware that awaits: the responses must be there."""

import ast
import contextlib
import io

from kit.deferreds import later
from kit.program import Program, program


class Middleware:
    async def process_request(self, request, spider=None):
        program().running()
        cell = program().cells[int(request.url[len("data:,") :])]
        try:
            value = await cell.helper(later("value"))
        except Exception as error:
            cell.failed(error)
        else:
            cell.note(value)


class StartShellFetch(Program):
    core = False
    loop_matters = True
    helpers = ("direct", "maybe_deferred_to_future", "copied_maybe_deferred_to_future")
    lanes = ["default", "asyncio-default", "none-default"]
    expected = ["value", "response"]

    def main(self):
        numbers = range(len(self.cells))
        code = ", ".join("fetch('data:,%d'), response.text" % number for number in numbers)
        middleware = 'DOWNLOADER_MIDDLEWARES={"start_shell_fetch.Middleware": 1}'
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            self.run_scrapy("shell", "-c", code, "-s", middleware, *self.options())
        lines = printed.getvalue().splitlines() or ["()"]
        for number, text in enumerate(ast.literal_eval(lines[-1])[1::2]):
            if text == str(number):
                self.cells[number].note("response")
