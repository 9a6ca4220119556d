-- slurmctld asks about each job that is submitted. Batch jobs of these queues run in an image as a whole, by pyxis, unless
-- they name one themselves. Nothing here refuses a job. Source: https://slurm.schedmd.com/job_submit_plugins.html
local images = {
@images
}
local default = @default -- the queue of jobs that name none

function slurm_job_submit(job, parts, uid)
  local queue = job.partition or default
  local image = images[queue]
  if job.script == nil or image == nil or job.environment == nil then
    return slurm.SUCCESS
  end
  if job.environment["PYXIS_CONTAINER_IMAGE"] == nil and job.environment["PYXIS_CONTAINER_NAME"] == nil then
    job.environment["PYXIS_CONTAINER_IMAGE"] = image
    slurm.log_user("petal: the whole job runs in %s, as all of %s do", image, queue)
  end
  return slurm.SUCCESS
end

function slurm_job_modify(job, record, parts, uid)
  return slurm.SUCCESS
end
