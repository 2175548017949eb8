"""The Ouranos battery-traceability API, wire-compatible: the only room that knows its words, texts and error codes."""
