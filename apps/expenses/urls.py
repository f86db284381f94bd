from django.urls import path

from apps.expenses import attachment_views, closing_views, papers, steps, suppliers, views
from apps.expenses.entry import corrections
from apps.expenses.entry import views as entry

app_name = "expenses"
urlpatterns = [
    path("", views.expenses, name="list"),
    path("new/", entry.create, name="create"),
    path("suppliers/", suppliers.suppliers, name="suppliers"),
    path("suppliers/create/", suppliers.create, name="supplier_create"),
    path("suppliers/<int:pk>/", suppliers.detail, name="supplier"),
    path("suppliers/<int:pk>/edit/", suppliers.edit, name="supplier_edit"),
    path("suppliers/<int:pk>/archive/", suppliers.put_away, name="supplier_archive"),
    path("suppliers/<int:pk>/restore/", suppliers.take_back, name="supplier_restore"),
    path("submit/", steps.submit_ticked, name="submit_ticked"),
    path("approve/", steps.approve_ticked, name="approve_ticked"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/apportionment.pdf", papers.apportionment_pdf, name="apportionment_pdf"),
    path("<int:pk>/edit/", entry.edit, name="edit"),
    path("<int:pk>/delete/", entry.delete, name="delete"),
    path("<int:pk>/credit-note/", corrections.credit_note, name="credit_note"),
    path("<int:pk>/correct/", corrections.correct, name="correct"),
    path("<int:pk>/attachments/", attachment_views.add, name="add_attachments"),
    path("<int:pk>/attachments/<int:attachment_pk>/", attachment_views.show, name="attachment"),
    path("<int:pk>/attachments/<int:attachment_pk>/remove/", attachment_views.remove, name="remove_attachment"),
    path("papers/<int:pk>/", attachment_views.show_pending, name="pending_paper"),
    path("<int:pk>/submit/", steps.submit, name="submit"),
    path("<int:pk>/take-back/", steps.take_back, name="take_back"),
    path("<int:pk>/approve/", steps.approve, name="approve"),
    path("<int:pk>/reject/", steps.reject, name="reject"),
    path("<int:pk>/pay/", steps.pay, name="pay"),
    path("<int:pk>/unpay/", steps.unpay, name="unpay"),
    path("closings/<int:building_pk>/", closing_views.closings, name="closings"),
    path("closings/<int:building_pk>/<int:pk>/reopen/", closing_views.reopen, name="reopen"),
    path("<int:pk>/withdraw/", steps.withdraw, name="withdraw"),
    path("charges/<int:building_pk>/", views.charges, name="charges"),
    path("charges/<int:building_pk>/charges.pdf", papers.charges_pdf, name="charges_pdf"),
    path("charges/<int:building_pk>/charges.xlsx", papers.charges_xlsx, name="charges_xlsx"),
]
