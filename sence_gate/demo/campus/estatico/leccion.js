// Muestra el avance del curso y carga el glosario cuando alguien lo abre.
"use strict";

const avance = document.querySelector("[data-progreso]");
if (avance) {
  fetch(avance.dataset.progreso, { headers: { Accept: "application/json" } })
    .then((respuesta) => (respuesta.ok ? respuesta.json() : Promise.reject(respuesta.status)))
    .then((datos) => {
      avance.querySelector("progress").value = datos.porcentaje;
      avance.querySelector("output").textContent = `${datos.vistas.length} de ${datos.total} lecciones`;
    })
    .catch(() => {
      avance.querySelector("output").textContent = "No pudimos leer tu avance";
    });
}

const glosario = document.querySelector("details[data-glosario]");
if (glosario) {
  glosario.addEventListener("toggle", async () => {
    if (!glosario.open || glosario.dataset.listo) return;
    const respuesta = await fetch(glosario.dataset.glosario);
    if (!respuesta.ok) return;
    glosario.dataset.listo = "si";
    glosario.querySelector("div").innerHTML = await respuesta.text();
  });
}
