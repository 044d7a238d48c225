"""The documents of both APIs and the script that derives Runway's."""
