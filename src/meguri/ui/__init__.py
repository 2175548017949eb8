"""Pages: the shell around them, their components, words and looks.

What a room uses:

- `page(request, "parts_list.html", PartsListContext(...))` and `fragment(...)` answer with a page or a piece of one;
- `done(request, "/parts", Flash(...))` answers an action: back to a page that says what happened;
- `Viewer` is who looks, `Place` an entry of the navigation, `Shell` what surrounds every page (`app.state.shell`);
- `words.say(key, language)` is a sentence from the room's `pages/*.toml`;
- templates: `docs/how-to/write-a-page.md`; every component is shown on `/ui` of the demo.
"""

from meguri.ui.answer import done, fragment, page
from meguri.ui.flash import Flash, Undo
from meguri.ui.frame import Shell
from meguri.ui.navigation import Place
from meguri.ui.viewer import Viewer, language_for, viewer_of

__all__ = ["Flash", "Place", "Shell", "Undo", "Viewer", "done", "fragment", "language_for", "page", "viewer_of"]
