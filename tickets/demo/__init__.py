"""The synthetic year: an invented bank's complaints, so that a newcomer sees full charts and tests know what is true."""
