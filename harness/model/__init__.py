"""The words for what is measured: ids, outcomes, results. Everything else speaks in them."""
