"""BatteryPass-Ready 1.0 (GEFEG): one JSON document of seven groups, figures as objects with their unit."""
