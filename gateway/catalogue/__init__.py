"""What can be bought: Runway's operations, models and schemas from its OpenAPI document, and their prices."""
