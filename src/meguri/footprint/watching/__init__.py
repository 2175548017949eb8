"""Watching what disclosed totals give away after they are disclosed: nobody stands by when a system or a supplier does it."""
