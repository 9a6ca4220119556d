# The container image @{name}: petal build-container wrote this and all beside it, and writes it anew.
ARG BASE=@{base}

FROM ${BASE} AS build
# what BuildKit lists too, if it is asked for a bill of materials
ARG BUILDKIT_SBOM_SCAN_STAGE=true
ENV PETAL_TREE=@{tree}
COPY setup /petal/setup
RUN sh /petal/setup/setup.sh
@{layers}
COPY finish /petal/finish
RUN sh /petal/finish/finish.sh

FROM ${BASE} AS run
COPY --from=build @{tree} @{tree}
LABEL org.opencontainers.image.title="@{name}" \
      petal.installer="spack" petal.stamp="@{stamp}" petal.spack="@{spack}" petal.packages="@{packages_release}"
ENTRYPOINT @{entrypoint}
CMD ["/bin/sh"]
