# The container image @{name}: petal build-container wrote this and all beside it, and writes it anew.
ARG BASE=@{base}

FROM ${BASE} AS run
ENV PETAL_TREE=@{tree}
COPY setup /petal/setup
@{layers}
COPY finish /petal/finish
RUN sh /petal/finish/finish.sh
LABEL org.opencontainers.image.title="@{name}" petal.installer="apt" petal.stamp="@{stamp}"
ENTRYPOINT @{entrypoint}
CMD ["/bin/sh"]
