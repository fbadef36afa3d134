"""Families of conditions: brain, mind and infection. The notation is told in `families.py`."""

TEXT = """
## Neurology | Nervous System Diseases | BC10 | 9422 Nervous System Diseases; 2493 Central Nervous System Diseases
+ A study partner who spends at least {8|10} hours a week with the participant, where applicable
+ Stable doses of medication for the nervous system for {4|6|8} weeks
- Structural brain lesion on MRI that could explain the symptoms
- Columbia Suicide Severity Rating Scale with ideation of type 4 or 5 within {6|12} months
- Contraindication to lumbar puncture or magnetic resonance imaging
? Clinician global impression of change | score on a scale
? Change in serum neurofilament light chain | pg/mL

= Alzheimer Disease | 544 Alzheimer Disease; 3704 Dementia | Mild Cognitive Impairment; Dementia
* lecanemab (Leqembi); donanemab (Kisunla); donepezil (Aricept) 77265; memantine (Namenda) 8559; cognitive training
+ Mini-Mental State Examination score between {18|20|22} and {26|28|30}
+ Clinical Dementia Rating global score of 0.5 {or 1.0|only}
+ Amyloid positive by PET or cerebrospinal fluid
- More than {4|10} microhemorrhages on MRI
- Geriatric Depression Scale score >= {8|10}
? Change in Clinical Dementia Rating Sum of Boxes | score on a scale
? Change in amyloid PET | centiloids

= Parkinson Disease | 10300 Parkinson Disease; 20734 Parkinsonian Disorders | Parkinson's Disease; Dyskinesia
* levodopa/carbidopa 7980; opicapone (Ongentys) 552089; deep brain stimulation; rasagiline (Azilect) 31967; \
boxing training
+ Hoehn and Yahr stage {1 to 2|1 to 3|2 to 4} in the ON state
+ At least {1.5|2.5} hours of OFF time a day
- Atypical or drug-induced parkinsonism
- Montreal Cognitive Assessment score < {22|24|26}
? Change in MDS-UPDRS part III score | score on a scale
? Daily OFF time in patient diaries | hours

= Multiple Sclerosis | 9103 Multiple Sclerosis; 20278 Demyelinating Autoimmune Diseases, CNS | \
Relapsing Multiple Sclerosis
* ocrelizumab (Ocrevus) 533411; fingolimod (Gilenya) 68876; tolebrutinib; natalizumab (Tysabri) 69442; vitamin D 14807
+ Expanded Disability Status Scale score of 0 to {5.0|5.5|6.5}
+ At least {1|2} relapses in the past {12|24} months
- Primary progressive course with disease duration > 10 years
- Lymphocytes < {0.8|1.0} x 10^9/L
? Annualized relapse rate | relapses per year
? New or enlarging T2 lesions | lesions

= Migraine | 8881 Migraine Disorders; 51270 Headache Disorders, Primary | Chronic Migraine; Episodic Migraine; \
Headache
* erenumab (Aimovig) 617393; rimegepant (Nurtec); topiramate (Topamax) 77236; onabotulinumtoxinA (Botox) 19274
+ Migraine with or without aura for at least 12 months
+ {4 to 14|8 to 14|15 or more} headache days a month during the baseline period
- Onset of migraine after the age of 50 years
- Opioids or barbiturates on more than 4 days a month
? Change in monthly migraine days | days
? Headache freedom two hours after the dose | participants

= Epilepsy | 4827 Epilepsy; 1927 Brain Diseases | Focal Epilepsy; Lennox-Gastaut Syndrome; Seizures
* cenobamate (Xcopri) 634163; lacosamide (Vimpat) 78334; cannabidiol (Epidiolex) 2185; ketogenic diet; \
levetiracetam 77287
+ At least {3|4|8} focal seizures during the {4|8} week baseline
+ One to {3|4} concomitant anti-seizure medications
- Status epilepticus within the past {3|6|12} months
- Psychogenic nonepileptic seizures within 2 years
? Percent change in seizure frequency per 28 days | percent change
? Responder rate of at least 50% | participants

= Ischemic Stroke | 83242 Ischemic Stroke; 20521 Stroke | Acute Stroke; Cerebral Infarction; Hemiparesis
* tenecteplase (TNKase) 77785; mechanical thrombectomy; clopidogrel (Plavix) 77144; \
constraint-induced movement therapy; \
cerebrolysin 38021
+ NIH Stroke Scale score of {4|6|8} to {18|22|25}
+ Onset to treatment within {4.5|9|24} hours
+ Modified Rankin Scale score of 0 or 1 before the stroke
- Intracranial hemorrhage on CT
- ASPECTS < {3|5|6}
- Blood glucose < 50 or > {400|500} mg/dL
? Modified Rankin Scale score at 90 days | score on a scale
? Symptomatic intracranial hemorrhage within 36 hours | participants

## Psychiatry | Mental Disorders | BXM | 1523 Mental Disorders
+ Diagnosis confirmed by the MINI International Neuropsychiatric Interview
+ Able to read and complete questionnaires in the local language
- Moderate or severe substance use disorder within the past {3|6|12} months
- Imminent risk of suicide in the judgement of the investigator
- Electroconvulsive therapy within {3|6} months
? Change in Clinical Global Impression severity | score on a scale
? Change in Sheehan Disability Scale | score on a scale

= Major Depressive Disorder | 3865 Depressive Disorder, Major; 3866 Depressive Disorder | Depression; \
Treatment Resistant Depression
* esketamine (Spravato) 629670; escitalopram (Lexapro) 89983; transcranial magnetic stimulation; psilocybin 11562; \
mindfulness-based cognitive therapy
+ MADRS total score >= {20|22|28}
+ Inadequate response to {one|two or more} antidepressants in the current episode
- Bipolar or psychotic disorder, lifetime
? Change in MADRS total score | score on a scale
? Remission (HAM-D17 total score <= 7) | participants

= Schizophrenia | 12559 Schizophrenia; 19967 Schizophrenia Spectrum and Other Psychotic Disorders | Psychosis; \
Negative Symptoms
* xanomeline/trospium (Cobenfy); paliperidone palmitate (Invega Sustenna) 68882; clozapine 3024; cognitive remediation
+ PANSS total score between {60|70|80} and 120
+ Duration of illness of at least {1|2} years
- Clozapine within {3|6} months
- Prolactin > {100|200} ng/mL
? Change in PANSS total score | score on a scale
? Time to relapse | days

= Bipolar Disorder | 1714 Bipolar Disorder; 19964 Mood Disorders | Bipolar Depression; Mania
* lurasidone (Latuda) 69056; lithium carbonate 16651; lamotrigine (Lamictal) 77213; cariprazine (Vraylar) 516744
+ Young Mania Rating Scale score <= {8|12}
+ MADRS score >= {20|24}
- Rapid cycling with more than {4|8} episodes a year
- Lithium level > 1.2 mEq/L
? Change in Young Mania Rating Scale | score on a scale

= Post-traumatic Stress Disorder | 13313 Stress Disorders, Post-Traumatic; 40921 Stress Disorders, Traumatic | \
PTSD; Trauma
* prolonged exposure therapy; MDMA-assisted therapy 18817; sertraline (Zoloft) 20280; stellate ganglion block; \
written exposure therapy
+ CAPS-5 total score >= {23|25|28|35}
+ At least {3|6} months since the index trauma
- Ongoing legal action about the trauma
- Traumatic brain injury, moderate or severe
? Change in CAPS-5 total severity score | score on a scale

= Alcohol Use Disorder | 437 Alcoholism; 19973 Alcohol-Related Disorders | Alcohol Dependence; Heavy Drinking
* naltrexone (Vivitrol) 9271; acamprosate 77443; gabapentin (Neurontin) 77206; contingency management; \
varenicline 68580
+ At least {4|5|8} heavy drinking days in the past 30 days
+ AUDIT score >= {8|16}
- CIWA-Ar score >= {8|10} at screening
- Treatment with disulfiram within {14|30} days
? Percent heavy drinking days | percent of days
? Phosphatidylethanol in whole blood | ng/mL

## Infectious disease | Infections | BC01 | 7239 Infections; 3141 Communicable Diseases
+ Hemoglobin >= {8|9|10|11} g/dL
+ ALT and AST <= {3|5} x ULN
- Receipt of immunoglobulins or blood products within {90|120} days
- Known immunodeficiency other than the condition under study
- Fever >= {37.8|38.0|38.5} degrees C within {24|72} hours before the first dose
? Geometric mean titer of neutralizing antibodies | titer
? Treatment-emergent adverse events | participants with an event

= HIV Infections | 15658 HIV Infections; 12749 Sexually Transmitted Diseases | HIV; HIV-1; AIDS
* cabotegravir (Apretude) 584914; dolutegravir (Tivicay) 562325; lenacapavir (Sunlenca); \
emtricitabine/tenofovir (Truvada; Descovy) 68698; peer navigation
+ HIV-1 RNA < {50|200} copies/mL on stable treatment for {6|12} months
+ CD4 count >= {100|200|350} cells/mm3
- Chronic hepatitis B (HBsAg positive)
- Opportunistic infection within {30|90} days
? HIV-1 RNA >= 50 copies/mL at week 48 | participants
? Incident HIV infection | infections per 100 person-years

= Hepatitis B | 6509 Hepatitis B; 6505 Hepatitis | Chronic Hepatitis B; HBV
* bepirovirsen; tenofovir alafenamide (Vemlidy) 442756; entecavir (Baraclude) 413685; \
peginterferon alfa-2a (Pegasys) 100416
+ HBsAg positive for at least 6 months and HBsAg >= {100|1000} IU/mL
+ HBV DNA < {20|90} IU/mL under treatment, or > {2000|20000} IU/mL without
- Co-infection with hepatitis C, hepatitis D or HIV
- Liver stiffness > {8.5|9|12} kPa
? Functional cure 24 weeks after treatment | participants

= COVID-19 | 86382 COVID-19; 18352 Coronavirus Infections | SARS-CoV-2 Infection; Long COVID; Coronavirus
* nirmatrelvir/ritonavir (Paxlovid) 722133; remdesivir (Veklury) 606551; BNT162b2 (Comirnaty) 90982; \
baricitinib 596027; \
prone positioning
+ Positive SARS-CoV-2 test within {3|5|7} days
+ Oxygen saturation {>= 94%|<= 93%} on room air
- Invasive mechanical ventilation at enrolment
- SARS-CoV-2 vaccination within {3|4|6} months
? Hospitalization or death through day 28 | participants
? Time to sustained symptom resolution | days

= Tuberculosis | 14376 Tuberculosis; 9164 Mycobacterium Infections | Pulmonary Tuberculosis; Latent Tuberculosis; \
MDR-TB
* bedaquiline (Sirturo) 493870; pretomanid 410763; rifapentine (Priftin) 18834; isoniazid 7538; M72/AS01E vaccine
+ Xpert MTB/RIF Ultra positive sputum
+ Body weight >= {35|40} kg
- QTcF > {450|500} msec
- More than {3|5|7} days of treatment for the present episode
? Unfavorable outcome at week 73 | participants
? Time to stable culture conversion | days

= Malaria | 8288 Malaria; 11528 Protozoan Infections | Plasmodium Falciparum Malaria; Malaria in Pregnancy
* artemether-lumefantrine (Coartem) 77611; ganaplacide; R21/Matrix-M vaccine; tafenoquine 5; \
dihydroartemisinin-piperaquine 39060
+ Parasitemia of {1000|2000} to {100000|200000} per microliter
+ Axillary temperature >= 37.5 degrees C or a history of fever in the past 24 hours
- Signs of severe malaria by the WHO definition
- G6PD activity < {30|70}% of normal
? PCR-corrected adequate clinical and parasitological response at day 28 | participants
"""
