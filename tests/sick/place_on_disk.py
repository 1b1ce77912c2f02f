"""Notes whether a request went over a queue on disk, and came back as one of its cell."""

from kit.attribution import cell_of
from kit.place import Place


class PlaceOnDisk(Place):
    expected = ["from the disk"]
    custom_settings = {"JOBDIR": "job"}

    def parse(self, response):
        if self.crawler.stats.get_value("scheduler/dequeued/disk"):
            cell_of(response).note("from the disk")
