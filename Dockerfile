# JupyterLab with samlab's kernel and widgets, and the command samlab for batch jobs.
#
#   docker build -t samlab-jupyter .                          for the CPU
#   docker build -t samlab-jupyter:cuda --build-arg CUDA=1 .  with the libraries for an NVIDIA GPU (linux/amd64)
#   docker run --rm -p 8888:8888 -v "$PWD:/home/node/work" samlab-jupyter
#   docker run --rm -v "$PWD:/data" -w /data samlab-jupyter samlab evaluate manifest.json --prompt box --out rows.csv

FROM node:20-bookworm-slim AS package
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY widgets/package.json widgets/
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm pack --ignore-scripts --pack-destination /

FROM node:20-bookworm-slim
ARG CUDA=
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv tini \
    && rm -rf /var/lib/apt/lists/*

ENV VIRTUAL_ENV=/opt/jupyter
ENV PATH=/opt/jupyter/bin:$PATH
COPY kernel-ext/setup/requirements.txt /tmp/
RUN python3 -m venv /opt/jupyter && pip install --no-cache-dir -r /tmp/requirements.txt

COPY --from=package /samlab-*.tgz /tmp/
RUN ONNXRUNTIME_NODE_INSTALL=skip npm install -g /tmp/samlab-*.tgz \
    && npm cache clean --force \
    && samlab kernel install --prefix /opt/jupyter

# The weights, the compiler's snapshot, and CUDA (the driver is that of the host), where any user may read them and add to them.
ENV SAMLAB_CACHE=/var/cache/samlab
RUN samlab setup ${CUDA:+--cuda} \
    && chmod -R a+rwX /var/cache/samlab \
    && install -d -o node -g node /home/node/work

# The user node. Kubernetes only takes a number for one that is not root.
USER 1000
WORKDIR /home/node/work
EXPOSE 8888
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8888/api').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["jupyter", "lab", "--no-browser", "--ip=0.0.0.0", "--port=8888"]
