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

# ONNX Runtime's CUDA provider comes with its package, what it links to from PyPI. The driver is that of the host.
COPY --from=package /samlab-*.tgz /tmp/
RUN if [ -n "$CUDA" ]; then \
      pip install --no-cache-dir \
        nvidia-cublas-cu12==12.9.3.13 nvidia-cuda-nvrtc-cu12==12.9.86 nvidia-cuda-runtime-cu12==12.9.79 \
        nvidia-cudnn-cu12==9.28.0.42 nvidia-cufft-cu12==11.4.1.4 nvidia-curand-cu12==10.3.10.19 \
        nvidia-nvjitlink-cu12==12.9.86 \
      && printf '%s\n' /opt/jupyter/lib/python3*/site-packages/nvidia/*/lib > /etc/ld.so.conf.d/samlab-cuda.conf \
      && ldconfig; \
    fi \
    && if [ -n "$CUDA" ]; then cuda=cuda12; else cuda=skip; fi \
    && ONNXRUNTIME_NODE_INSTALL=$cuda npm install -g /tmp/samlab-*.tgz \
    && npm cache clean --force \
    && samlab kernel install --prefix /opt/jupyter

# The weights and the compiler's snapshot, where any user may read them and add to them.
ENV SAMLAB_CACHE=/var/cache/samlab
RUN samlab setup \
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
