# Two stages: the compiler stays behind, the image holds the binary, which holds RocksDB, and the two C libraries that it links.
FROM swift:6.3-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends librocksdb-dev libexpat1-dev zlib1g-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
COPY Benchmarks Benchmarks
RUN ROOST_ROCKSDB_LINK="$(Sources/Storage/CRocksDB/static-link)" swift build -c release --product roost && strip .build/release/roost

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends libexpat1 zlib1g ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin roost \
    && install -d -o roost -g roost -m 0700 /data /keys
COPY --from=build /src/.build/release/roost /usr/local/bin/roost
USER roost
VOLUME /data /keys
EXPOSE 9000
ENV ROOST_DATA=/data ROOST_MASTER_KEY_FILE=/keys/master-key ROOST_LISTEN=0.0.0.0:9000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD curl -fs http://127.0.0.1:9000/healthz || curl -fsk https://127.0.0.1:9000/healthz
ENTRYPOINT ["/usr/local/bin/roost"]
CMD ["serve"]
