# The image of control plane and worker alike. The engine comes from its vendor's image; nothing is downloaded at start.
ARG NODE_VERSION=24.21.0
ARG TERRAFORM_VERSION=1.11.4
FROM hashicorp/terraform:${TERRAFORM_VERSION} AS terraform

FROM node:${NODE_VERSION}-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm pack --ignore-scripts --pack-destination /tmp

FROM node:${NODE_VERSION}-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates git openssh-client \
  && rm -rf /var/lib/apt/lists/*
COPY --from=terraform /bin/terraform /usr/local/bin/terraform
COPY --from=build /tmp/holdfast-*.tgz /tmp/holdfast.tgz
RUN npm install --global --omit=dev /tmp/holdfast.tgz && rm /tmp/holdfast.tgz \
  && useradd --create-home --uid 10001 holdfast \
  && install -d -o holdfast -g holdfast /var/lib/holdfast /var/lib/holdfast-worker /run/holdfast
USER holdfast
EXPOSE 4600
ENTRYPOINT ["holdfast"]
CMD ["up"]
