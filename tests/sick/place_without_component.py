"""Names a component that is not there."""

from kit.place import Place


class PlaceWithoutComponent(Place):
    custom_settings = {"ITEM_PIPELINES": {"place_without_component.Missing": 100}}
