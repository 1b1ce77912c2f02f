"""The words for what is measured. Everything else speaks in them.

An *environment* is platform, Python, Scrapy and profile. A *lane* is reactor and event loop. A *cell* is environment,
lane, scenario and helper; `CellKey` names it. An *outcome* is what happened to a cell, its *mechanism* why. A
*result* is what is believed of a cell, its *evidence* what lies behind that.
"""
