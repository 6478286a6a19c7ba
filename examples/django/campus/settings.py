"""Settings of the site; those of the gate stand among them."""

from pathlib import Path

BASE_DIR = Path(__file__).parent.parent
SECRET_KEY = "only for this example: make one of your own"  # noqa: S105
DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
ROOT_URLCONF = "campus.urls"
WSGI_APPLICATION = "campus.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "campus.sqlite"}}
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# The same keys as in sence-gate.toml. Keep keys and token out of the repository:
# SENCE_GATE_SECRET_KEYS_FILE, SENCE_GATE_OTEC__TOKEN_FILE.
SENCE_GATE = {
    "public_url": "http://localhost:8000",
    "secret_keys": ["vd0yEXaIzuBq2lJk7-make-your-own-Hs4PfW9cTg"],
    "store": {"url": f"sqlite:///{BASE_DIR}/sence-gate.sqlite"},
    "otec": {"rut": "76543210-3", "token": "00000000-0000-0000-0000-000000000000"},
    "courses": [
        {
            "id": "excel",
            "name": "Excel básico",
            "paths": ["/cursos/excel/"],
            "linea_capacitacion": 3,
            "cod_sence": "-1",
            "codigo_curso": "-1",
        }
    ],
}
