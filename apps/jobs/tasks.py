"""What the worker does by itself."""

from asgiref.sync import sync_to_async
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from apps.jobs.tenancy import give_up

MOST_ATTEMPTS = 3  # what kills its worker three times, by memory perhaps, would do so for ever


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="take_up_what_was_left")
async def take_up_what_was_left(timestamp: int) -> None:
    """A killed worker leaves its tasks as 'doing'; after half a minute without a sign of life they start again."""
    for job in await app.job_manager.get_stalled_jobs():
        if job.attempts < MOST_ATTEMPTS:
            await app.job_manager.retry_job(job)
        else:
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)
            if "job_id" in job.task_kwargs:  # nobody waits for what the house does by itself
                await sync_to_async(give_up)(job.task_name, job.task_kwargs)
