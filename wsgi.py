"""The WSGI application, for any server: ``granian --interface wsgi wsgi:application``.

With several processes PROMETHEUS_MULTIPROC_DIR must name a folder that is empty at each start.
"""

from timebank.app import create_app
from timebank.config import Settings
from timebank.services import logs

settings = Settings.from_env()
logs.configure(settings.log_level)
application = create_app(settings)
