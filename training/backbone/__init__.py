"""The trunk's last stages tuned for tracking, together with ``locate`` and taught by another tracker's features."""
