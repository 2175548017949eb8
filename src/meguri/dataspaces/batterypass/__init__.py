"""The BatteryPass data model 1.2: seven aspects (BatteryPass consortium, CC BY 4.0), out and in."""
