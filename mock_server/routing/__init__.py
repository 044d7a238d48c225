"""The Model Router: which model a routed request goes to."""

from mock_server.routing.choice import Candidate, Chooser, Decision, Preferences, provider_of
from mock_server.routing.fitting import Modality, fits

__all__ = ["Candidate", "Chooser", "Decision", "Modality", "Preferences", "fits", "provider_of"]
