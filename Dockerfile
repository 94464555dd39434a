FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_ROOT=/srv/static
WORKDIR /srv/maraude
COPY requirements/production.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/production.txt \
    && useradd --system --no-create-home maraude
COPY . .
# The static files are named by their content, as production wants them; the key is thrown away.
RUN SECRET_KEY="$(head -c 60 /dev/urandom | base64 -w0)" TLS=1 ALLOWED_HOSTS=localhost \
    DATABASE_URL=postgresql:///aucune REDIS_URL=redis://aucun \
    python manage.py collectstatic --noinput --verbosity 0
USER maraude
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "4", "--threads", "4", "--no-control-socket"]
