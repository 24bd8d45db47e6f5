# One image for the web process, the worker and every command: docker build -t purna .
# What each container does is its command; docs/deploying.md tells which. Nothing secret is in it.

FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
# Pinned with hashes and installed first, so that a change of our own code does not repeat it.
COPY deploy/requirements.lock deploy/build.lock deploy/
RUN python -m venv --without-pip /opt/purna
RUN python -m pip --python /opt/purna/bin/python install --require-hashes -r deploy/requirements.lock
RUN python -m venv /opt/build
RUN /opt/build/bin/python -m pip install --require-hashes -r deploy/build.lock
COPY . .
RUN /opt/build/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /opt/wheel .
RUN python -m pip --python /opt/purna/bin/python install --no-deps --no-index --find-links /opt/wheel purna

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home --home-dir /shop --shell /usr/sbin/nologin purna
COPY --from=build /opt/purna /opt/purna
# PYTHONSAFEPATH: a `web.py` in the shop's folder is not our `web`.
ENV PATH=/opt/purna/bin:$PATH PYTHONSAFEPATH=1 PYTHONUNBUFFERED=1 PURNA_HOST=0.0.0.0 PURNA_PORT=8000
# The shop's own folder belongs here: rules with their templates, purna.toml, code of its own.
# compose.yaml mounts rules/; lines for the other two stand there as comments.
WORKDIR /shop
USER 10001
EXPOSE 8000 9464
# Of the web process; compose.yaml says another one for the worker, whose counts are at 9464.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python", "-m", "web"]
