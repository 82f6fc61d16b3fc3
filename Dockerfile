# One image for web, worker, beat and migrations; docker-compose.yml says who does what.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
COPY requirements/production.txt /tmp/production.txt
# Every file is checked against its hash, and nothing comes in that the lock does not name.
RUN /opt/venv/bin/pip install --require-hashes --no-deps -r /tmp/production.txt
WORKDIR /srv/portal
COPY . .
# Collecting needs settings but no services, so the addresses lead nowhere.
RUN SECRET_KEY=only-while-collecting REDIS_URL=redis://nowhere \
    CONCERN_KEYS="$(/opt/venv/bin/python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')" \
    DATABASE_URL=postgres://nobody@nowhere/nothing EMAIL_URL=smtp://nowhere \
    /opt/venv/bin/python manage.py collectstatic --no-input \
    && /opt/venv/bin/python -m compileall -q /srv/portal /opt/venv

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MEDIA_ROOT=/srv/reports AUDIT_HEADS=/srv/audit/heads.jsonl HOME=/tmp
# A fixed number, so that a volume keeps its owner from one image to the next.
RUN groupadd --gid 10001 portal \
    && useradd --uid 10001 --gid portal --no-create-home --shell /usr/sbin/nologin portal \
    && install --directory --owner=portal --group=portal --mode=0750 /srv/reports /srv/audit
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/portal /srv/portal
WORKDIR /srv/portal
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s CMD ["python", "compose/healthy.py", "web"]
# The access log names no page: the links of forgotten passwords are keys and stand in the address.
CMD ["gunicorn", "derby_portal.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "3", "--threads", "2", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", \
     "--access-logfile", "-", "--access-logformat", "%(t)s %(m)s %(s)s %(B)s bytes %(M)s ms"]
