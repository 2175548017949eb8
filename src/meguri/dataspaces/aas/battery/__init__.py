"""The battery passport as submodels of an Asset Administration Shell (IDTA 02035, parts 1–7), as JSON and AASX."""
