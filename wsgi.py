"""The WSGI application, for any server: ``granian --interface wsgi wsgi:application``."""

from timebank.app import create_app
from timebank.config import Settings

application = create_app(Settings.from_env())
