"""Scrapy's settings. Every departure from Scrapy 2.19's default says why; what is silent keeps the default.

`scrapy crawl <source> -s NAME=VALUE` and the `trialdex` command change any of them for one run.
"""

from importlib.metadata import PackageNotFoundError, version
from os import environ

try:
    VERSION = version("trialdex")
except PackageNotFoundError:  # run from a checkout that is not installed
    VERSION = "0"

BOT_NAME = "trialdex"
SPIDER_MODULES = ["scraper.spiders"]
NEWSPIDER_MODULE = "scraper.spiders"

# --- who asks ------------------------------------------------------------------------------------------------------

# An operator who looks at a log should see what we are and whom to write to. We never claim to be a browser: besides
# being a lie, a browser's name on a program's connection is what edge filters look for. One line: it is a header.
def user_agent(contact: str | None = None) -> str:
    """Our name with a contact: the one given, else TRIALDEX_CONTACT, else the project's page."""
    contact = contact or environ.get("TRIALDEX_CONTACT") or "https://github.com/trialdex/trialdex"
    return f"Trialdex/{VERSION} (+{' '.join(contact.split())})"


USER_AGENT = user_agent()
ROBOTSTXT_OBEY = True  # Scrapy: False
ROBOTSTXT_USER_AGENT = "Trialdex"  # RFC 9309 2.2.1 matches the bare product name, not the whole header

# --- how fast ------------------------------------------------------------------------------------------------------

DOWNLOAD_DELAY = 1.0  # seconds from one request to the next on a host (Scrapy: 0); a robots.txt may ask for more
DOWNLOAD_DELAY_JITTER = 0.0  # Scrapy: +-50 %. The declared delay is a promise: half a second would break it
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # Scrapy: 8. With a delay more than one never helps; with none it would be rude
DOWNLOAD_SLOTS = {host: {"delay": 0.0} for host in ("127.0.0.1", "localhost", "::1")}  # nobody else to be polite to

# --- how long ------------------------------------------------------------------------------------------------------

DNS_TIMEOUT = 10  # Scrapy: 60, twice what a host that never answers is given in all
DOWNLOAD_TIMEOUT = 180  # Scrapy's own: a page of 1,000 studies is 40 MB, half a minute on a slow line
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024  # Scrapy: 1 GB. No portal page is larger; ctgov sets its own
DOWNLOAD_WARNSIZE = 0  # Scrapy: 32 MB; the limit above is the only one that matters
DOWNLOAD_FAIL_ON_DATALOSS = True  # Scrapy's own, stated because a short body must be tried again, never archived
URLLENGTH_LIMIT = 8000  # Scrapy: 2083, and longer ones vanish with a log line; a list of ids is longer

# --- what is tried again (scraper/politeness.py) -------------------------------------------------------------------

RETRY_ENABLED = False  # Scrapy's tries at once, thrice, without Retry-After and without holding back the host
# Seconds; there is one try more than there are waits.
TRIALDEX_RETRY_WAITS = [float(wait) for wait in environ.get("TRIALDEX_RETRY_WAITS", "1,2,4,8,8").split(",")]
TRIALDEX_LONGEST_WAIT = 300  # seconds; a host that asks for more (Retry-After, Crawl-delay) is left alone for this run
TRIALDEX_FIRST_ANSWER = 30  # seconds for a host that has never answered, all tries together
TRIALDEX_FAILURES_IN_A_ROW = 10  # addresses of a host that all their tries have failed; then the host is left alone
TRIALDEX_REFUSALS_IN_A_ROW = 3  # answers 403; then the crawl ends

# --- how much (scraper/budgets.py; for time Scrapy's own CLOSESPIDER_TIMEOUT) ----------------------------------------

TRIALDEX_REQUESTS = None  # of a crawl, tries again included; None: no limit

# --- how much of a portal (scraper/spiders/portal.py) ---------------------------------------------------------------

TRIALDEX_HOST_PAGES = 100_000  # addresses of a host in one crawl, a day at one a second; the next crawl goes on there
TRIALDEX_HOST_SECONDS = 0  # from the first request to a host; 0: no limit
TRIALDEX_LISTING_PAGES = 2000  # listing pages and sitemaps of a crawl: a calendar has no end
TRIALDEX_REVISIT_DAYS = 30  # a page is asked for at least so often, whatever date its sitemap gives

# --- what is trusted -----------------------------------------------------------------------------------------------

DOWNLOAD_VERIFY_CERTIFICATES = True  # Scrapy: False. A listing read from an impostor would be kept as the source's
REMOTE_CONTROL_ENABLED = False  # Scrapy 2.19: True. Code sent to a running crawl is no way to run this one
TELNETCONSOLE_ENABLED = False  # Scrapy: on, with a port open on the machine
COOKIES_ENABLED = False  # Scrapy: True. Public pages need no session, and a session is a way of being followed
COMPRESSION_ENABLED = True  # Scrapy's own, stated: studies are text that repeats itself
METAREFRESH_ENABLED = False  # Scrapy: True. What is archived is the page that was served, not where it points
REDIRECT_MAX_TIMES = 10  # Scrapy: 20. http, www, slash, language: four are common; RFC 9309 wants five for robots.txt

DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scraper.boundaries.PoliteRobots": 100,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "scraper.boundaries.PoliteRedirect": 570,  # nearer the engine than PatientRetry, which must see every answer
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,  # PatientRetry unpacks
    "scraper.politeness.PatientRetry": 580,
    "scraper.budgets.RequestBudget": 585,  # behind PatientRetry, which hands on only what is about to be sent
    "scraper.host_budgets.HostSeconds": 586,  # behind PatientRetry: it sees what is about to be sent
}

# --- what is done with a page, and what is said ---------------------------------------------------------------------

ITEM_PIPELINES = {"pipelines.line.KeepPages": 100}
EXTENSIONS = {
    "scraper.progress.Progress": 500,
    "scrapy.extensions.logstats.LogStats": None,  # Progress says the same in the words of trials
}
TRIALDEX_PROGRESS_SECONDS = 30  # between plain lines of progress, where there is no terminal
TRIALDEX_QUIET = False
STATS_DUMP = False  # Scrapy: True, forty lines; `runs` keeps what matters
LOG_LEVEL = "INFO"  # Scrapy: DEBUG, which writes out every page
LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"  # Scrapy's, less the module's name: these lines are for people

# Where `scrapy crawl` keeps what it fetches; the `trialdex` command sets it, and holds the folder's lock itself.
TRIALDEX_DATA = environ.get("TRIALDEX_DATA", "data")
TRIALDEX_LOCKED = False
