"""HTTP in: the Runway surface for teams, administration, health."""
