"""Settings of a batch's crawls. Scrapy deep-copies them for every crawler, which took a quarter of a batch's time."""

import copy

from scrapy.settings import BaseSettings, Settings

_UNCHANGING = (type(None), bool, int, float, str, bytes, type)


class QuicklyCopied(Settings):
    """Settings whose copies share the values that nobody can change in place; everything else is copied as ever."""

    def __deepcopy__(self, memo):
        return _copied(self, memo)


def _copied(settings, memo):
    made = settings.__class__.__new__(settings.__class__)
    for name, value in vars(settings).items():
        if name == "attributes":
            value = {key: _attribute(attribute, memo) for key, attribute in value.items()}
        else:
            value = copy.deepcopy(value, memo)
        setattr(made, name, value)
    return made


def _attribute(attribute, memo):
    """A copy of a value together with its priority, which is what `Settings.attributes` holds."""
    made = copy.copy(attribute)
    value = attribute.value
    if isinstance(value, BaseSettings):
        made.value = _copied(value, memo)
    elif not isinstance(value, _UNCHANGING):
        made.value = copy.deepcopy(value, memo)
    return made
