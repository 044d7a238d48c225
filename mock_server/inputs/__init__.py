"""What a request names, checked as Runway checks it, as far as that goes without fetching."""
