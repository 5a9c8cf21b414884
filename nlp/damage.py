"""All that reading a damaged file raises, in one place: who loads a model must not meet an exception that nobody thought of."""

import zipfile
import zlib

import msgspec

UNREADABLE = (OSError, ValueError, TypeError, LookupError, EOFError, zipfile.BadZipFile, zlib.error, msgspec.MsgspecError)
"""numpy's, the archive's, JSON's and UTF-8's; and what a readable file of another shape ends in."""
